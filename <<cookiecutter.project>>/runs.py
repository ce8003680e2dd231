"""List the runs below logs/, or remove checkpoints: `python runs.py`, `python runs.py clean=true`."""

from <<cookiecutter.package>>.engine.cli.run_list import main

if __name__ == "__main__":
    main()
