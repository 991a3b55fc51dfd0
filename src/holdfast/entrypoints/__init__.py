"""The doors: the command line now, HTTP and the terminal later. They translate and show; they decide nothing."""
