"""What a job's process may take."""

from __future__ import annotations

import resource

_MIB = 1024 * 1024


def limit(memory_mib: int | None) -> None:
    """Bound this process: its memory, and no core dump, since one would hold the login.

    RLIMIT_DATA counts private memory, not what torch only reserves or maps from files.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if memory_mib is not None:
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        wanted = memory_mib * _MIB
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))
