// Verifies a request with PagerDuty's own package. It reads the body, and gets the signature and
// the secret as arguments.
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/PagerDuty/go-pagerduty/webhookv3"
)

func main() {
	body, err := io.ReadAll(os.Stdin)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	request, err := http.NewRequest("POST", "https://example.com/", strings.NewReader(string(body)))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	request.Header.Set("x-pagerduty-signature", os.Args[1])
	if err := webhookv3.VerifySignature(request, os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
