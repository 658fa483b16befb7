"""Entry point of ``rayjobs`` and of ``python -m generator``."""

import gc


def main() -> None:
    """Run the command line."""
    # A run is short and keeps what it makes: collecting only costs time, more for each job.
    gc.disable()
    from generator.cli.app import app

    app()


if __name__ == "__main__":
    main()
