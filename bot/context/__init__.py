"""What other places know of a caller: asked beside the call, bounded, and never trusted."""
