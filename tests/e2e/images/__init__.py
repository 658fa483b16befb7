"""What stands for the container image of a training job."""
