"""One solution as a page that can be handed on. Made from records alone."""
