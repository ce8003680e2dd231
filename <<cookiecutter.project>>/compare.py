"""Which run is better, and is it shown? `python compare.py runs=[a,b]`, with intervals over samples and seeds."""

from <<cookiecutter.package>>.engine.cli.compare_runs import main

if __name__ == "__main__":
    main()
