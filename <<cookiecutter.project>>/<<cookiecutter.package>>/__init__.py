"""<<cookiecutter.description|replace('\\', '\\\\')|replace('"', '\\"')>>"""
