"""``rayjobs doctor``: one function a check, run one after the other (:mod:`.run`)."""
