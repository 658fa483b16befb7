"""What models are made of: types of fields, and names as Kubernetes has them."""
