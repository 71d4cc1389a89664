"""`python -m bench`: the figures that the product promises, measured on this machine."""
