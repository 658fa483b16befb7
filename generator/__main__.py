"""Entry point of ``rayjobs`` and of ``python -m generator``."""

import gc


def main() -> None:
    """Run the command line."""
    # A run is short and keeps what it makes: collecting only costs time, more for each job.
    gc.disable()
    from generator.cli.app import command

    try:
        command()
    finally:
        # Python collects once more as it ends; what is frozen it leaves to the system.
        gc.freeze()


if __name__ == "__main__":
    main()
