"""What the commands of the command line do. Only here and in `studio/__main__.py` is anything printed."""
