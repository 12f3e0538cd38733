"""Names of array types inside this room."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.floating]
"""Numbers of either precision."""

Rows = NDArray[np.integer]
"""Row numbers of either width."""
