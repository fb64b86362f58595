"""The facts about this computer that explain latencies, and none that name it or its user."""

import os
import platform

from studio.model.session import Machine


def this_machine() -> Machine:
    """This computer, for a session's header."""
    return Machine(
        system=f"{platform.system()} {platform.release()}",
        processor=platform.machine(),
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 0,
        python=platform.python_version(),
    )
