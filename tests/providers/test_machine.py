import os
import re
import sys
from pathlib import Path

import pytest

from studio.providers.machine import memory_bytes, usable_cores


def test_only_the_cores_that_this_process_may_use_count() -> None:
    assert 1 <= usable_cores() <= (os.cpu_count() or 1)


@pytest.mark.skipif(sys.platform != "linux", reason="reads Linux's own account of its memory")
def test_memory_is_what_the_system_says() -> None:
    found = re.search(r"^MemTotal: +(\d+) kB$", Path("/proc/meminfo").read_text(), re.MULTILINE)
    assert found is not None
    assert memory_bytes() == int(found[1]) * 1024
