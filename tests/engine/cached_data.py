"""Words of a run with a cache, and the field that it reads."""

from project import QUICK, default_dataset

LEAN = (*QUICK, "trainer.max_epochs=1")
FIELD = default_dataset()().definition().Input._fields[0]
