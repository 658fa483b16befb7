"""Entry point of ``rayjobs`` and of ``python -m generator``."""

import gc
import os
import sys


def _forget_working_directory() -> None:
    """Take the working directory, which ``python -m`` puts first, out of where modules come from.

    It is the repository's, whose ``typer.py`` must not be what runs. It stays where it is the one
    that this package was found in.
    """
    try:
        here = os.getcwd()
    except OSError:
        return
    if os.path.dirname(os.path.dirname(os.path.abspath(__file__))) != here:
        sys.path[:] = [place for place in sys.path if place not in ("", here)]


def main() -> None:
    """Run the command line."""
    _forget_working_directory()
    from generator.source.atomic_write import exit_on_signals

    # A run is short and keeps what it makes: collecting only costs time, more for each job.
    gc.disable()
    try:
        exit_on_signals()
        from generator.commands.running import run

        run()
    finally:
        # Python collects once more as it ends; what is frozen it leaves to the system.
        gc.freeze()


if __name__ == "__main__":
    main()
