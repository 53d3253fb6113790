"""A run as its user reads it: one page, a terminal's worth, or beside other runs. Made from records alone."""
