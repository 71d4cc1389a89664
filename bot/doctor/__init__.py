"""`switchboard doctor`: looks at all that a call needs, changes nothing, says what to mend."""
