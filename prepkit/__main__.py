"""Run the command line as ``python -m prepkit``."""

from prepkit.cli import main

main(prog_name="prepkit")
