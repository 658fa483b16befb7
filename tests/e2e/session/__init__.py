"""The engines of a session as processes: API servers, Karmada, KubeRay, Flux, Argo CD, Git."""
