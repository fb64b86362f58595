import getpass
import platform

from studio.recording.machine import this_machine


def test_facts_without_names() -> None:
    machine = this_machine()
    assert machine.cores >= 1
    assert machine.python == platform.python_version()
    assert platform.node() not in machine.model_dump_json()
    assert f'"{getpass.getuser()}"' not in machine.model_dump_json()
