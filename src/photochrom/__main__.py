"""`python -m photochrom` is `photochrom`."""

from photochrom.cli import main

if __name__ == "__main__":
    main()
