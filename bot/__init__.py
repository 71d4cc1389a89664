"""The running service: HTTP app, the loop, effects, the Teams bot. Only here are things constructed."""
