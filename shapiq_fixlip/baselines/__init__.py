"""What other methods say of the same games, each as ``shapiq.InteractionValues``."""
