"""How fast Crewhall is, each figure beside its floor: the least that the same work could cost, measured in the same run."""
