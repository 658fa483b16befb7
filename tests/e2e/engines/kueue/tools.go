//go:build tools

// Package tools names the commands that this module builds.
package tools

import (
	_ "sigs.k8s.io/kueue/cmd/kueue"
)
