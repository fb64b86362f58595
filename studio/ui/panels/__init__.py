"""The parts of the Talk screen. Each shows what it is told and says by a signal what the user wants."""
