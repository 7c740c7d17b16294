"""AWS as the implementation sees it: reading, recording and controlling its calls."""
