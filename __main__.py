"""`python -m optwright`, and the `optwright` command."""

import sys


def main() -> None:
    try:
        from .agent.cli import main as command

        command()
    except KeyboardInterrupt:  # so early that there is nothing to lose and nothing to say
        sys.exit(130)


if __name__ == "__main__":
    main()
