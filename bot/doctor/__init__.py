"""`switchboard doctor`: looks at everything that a call needs, changes nothing, says what to mend."""
