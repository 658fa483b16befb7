//go:build tools

// Package tools names the commands that this module builds.
package tools

import (
	_ "github.com/karmada-io/karmada/cmd/controller-manager"
	_ "github.com/karmada-io/karmada/cmd/scheduler"
	_ "github.com/karmada-io/karmada/cmd/webhook"
	_ "github.com/karmada-io/karmada/cmd/aggregated-apiserver"
)
