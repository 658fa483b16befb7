//go:build tools

// Package tools names the commands that this module builds.
package tools

import (
	_ "github.com/fluxcd/kustomize-controller"
)
