"""``rayjobs new``: a params.json from answers, options, a template or an old payload."""
