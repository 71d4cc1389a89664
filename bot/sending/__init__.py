"""Commands on their way to Graph: in which order, how often, and what a lost answer means."""
