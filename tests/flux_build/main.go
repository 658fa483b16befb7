// Command flux-build reads directories from standard input, one a line, and answers each with a line
// of JSON: the objects that Flux's kustomize-controller would apply of it, or the error at which it
// would stop and apply nothing.
package main

import (
	"bufio"
	"encoding/json"
	"os"

	"github.com/fluxcd/pkg/kustomize"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

type answer struct {
	Objects []map[string]any `json:"objects"`
	Error   string           `json:"error"`
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	answers := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		objects, err := build(lines.Text())
		given := answer{Objects: objects}
		if err != nil {
			given.Error = err.Error()
		}
		if err := answers.Encode(given); err != nil {
			panic(err)
		}
	}
}

// build does what kustomize-controller does of a Kustomization that names a path and no more.
func build(directory string) ([]map[string]any, error) {
	generator := kustomize.NewGenerator(directory, unstructured.Unstructured{})
	if _, err := generator.WriteFile(directory); err != nil {
		return nil, err
	}
	built, err := kustomize.SecureBuild(directory, directory, false)
	if err != nil {
		return nil, err
	}
	objects := []map[string]any{}
	for _, one := range built.Resources() {
		object, err := one.Map()
		if err != nil {
			return nil, err
		}
		objects = append(objects, object)
	}
	return objects, nil
}
