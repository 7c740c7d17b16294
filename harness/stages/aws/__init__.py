"""AWS itself, or an emulator in its place: who may act, how much, and what a run leaves behind."""
