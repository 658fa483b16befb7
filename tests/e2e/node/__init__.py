"""A node that runs a cluster's pods as processes: what a kubelet does, without containers.

Each pod has namespaces of its own for network, mounts and host name; each of its containers is a
tree of processes with a private ``/home``, ``/root``, ``/tmp`` and ``/mnt``, which runs as the user
and with the groups of its security contexts.  It places pods too, and makes volumes for claims, so
that a member cluster needs no scheduler and no provisioner.
"""
