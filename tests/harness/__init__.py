"""What the tests share: a hall in this process, a hall as a process, and listeners."""
