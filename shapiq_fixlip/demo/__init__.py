"""What the project needs to show meaning offline: rendered scenes and a small trained model."""
