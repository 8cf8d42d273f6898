"""``python -m shapiq_fixlip`` is the command ``shapiq-fixlip``."""

from shapiq_fixlip.commands.app import main

if __name__ == "__main__":
    main()
