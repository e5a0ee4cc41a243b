"""Makes the environment of the peers, `var/peers/.venv`, from pinned versions.

    python -m bench.day_one.peers.environment

torch comes first and by itself: its exact version keeps pip from choosing another build of several GB. The rest is
installed as listed, without pip's own choice of dependencies: pykt-toolkit asks for wandb, which the networks never
import.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[3] / "var" / "peers" / ".venv"
PYTHON = FOLDER / "bin" / "python"
COMMAND = "python -m bench.day_one.peers.environment"
TORCH = "torch==2.13.0"


def main() -> None:
    """Make or bring up to date. Raises CalledProcessError when pip does not succeed."""
    subprocess.run([sys.executable, "-m", "venv", str(FOLDER)], check=True)
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, TORCH], check=True)
    listed = Path(__file__).with_name("requirements.txt")
    subprocess.run([*pip, "--no-deps", "--requirement", str(listed)], check=True)


if __name__ == "__main__":
    main()
