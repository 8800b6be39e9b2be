"""What breaks no rule of a source and is worth a look: `check` tells it beside the problems."""
