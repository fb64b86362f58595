"""What every benchmark says about where it ran. Must not know what is measured."""

import os
import platform

from studio.recording.machine import this_machine


def machine_line() -> str:
    """Cores, processor, system, Python and how busy the machine was."""
    machine = this_machine()
    load = os.getloadavg()[0]
    return (
        f"{machine.cores} cores {machine.processor}, {platform.system()}, Python {machine.python}, "
        f"load average {load:.1f} at the start"
    )
