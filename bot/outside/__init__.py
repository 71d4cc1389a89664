"""Other systems of the customer's: asked and told over HTTPS, and never trusted."""
