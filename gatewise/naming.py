"""How what is left of a cell is called; by these names the report takes a lattice for one."""

NO = "-no-"
"""Before each gate that a cell lacks: ``mine-no-keep`` is ``mine`` without its keep gate."""
COUPLED = "coupled"
"""What the name ends with of a cell whose keep gate is what its write gate leaves."""
