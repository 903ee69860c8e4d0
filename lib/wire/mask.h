// Masks: what makes an exchange fit for the disk. They keep lengths, may be applied again without effect, and touch
// nothing that steers the model or takes part in the key.
#ifndef REPRISE_WIRE_MASK_H_
#define REPRISE_WIRE_MASK_H_

#include <string>
#include <string_view>
#include <vector>

#include "reprise/exchange.h"
#include "reprise/matching.h"

namespace reprise::wire {

// Is a query parameter of this (decoded) name a credential? key, api_key, apikey, access_token, token, sig, signature,
// and the signing ones of AWS and Google (X-Amz-Signature, X-Amz-Credential, X-Amz-Security-Token, X-Goog-...). Any
// letter case.
bool IsCredentialParameter(std::string_view name);

// Makes a request fit for storing: headers by allow list (`rules.match_headers` joins it), credentials in the query and
// before the host turned into as many '*'. Returns the paths of what was masked: "/request/url?key", "/request/url@";
// dropped headers are not listed. The key of the result equals the key of the original.
std::vector<std::string> MaskRequest(Request& request, const Rules& rules);

// The same for a reply: values of cookies being set (their attributes stay), account headers, credentials in the URL of
// a redirect; and, in a reply that no model wrote (`format` is "http"), members that hand out a credential:
// "access_token", "refresh_token", "client_secret" and their kin. Paths: "/reply/headers/set-cookie",
// "/reply/body/access_token".
std::vector<std::string> MaskReply(Reply& reply, std::string_view format);

// What authenticates a request: the values of its credential headers, query parameters and user info, joined by '\n';
// "" when it has none. Only for telling credentials apart within one session (the auth alias): never store it, log it
// or derive anything from it that is stored. Of a signature (AWS SigV4) it is the access key's id, since the rest
// changes with each request; of `Bearer X` it is X.
std::string CredentialOf(const Request& request);

// Every value by which a request authenticates, one by one and as it is meant: those of CredentialOf, of cookies, and
// the password of Basic. What must not be stored or printed.
std::vector<std::string> CredentialValues(const Request& request);

}  // namespace reprise::wire

#endif  // REPRISE_WIRE_MASK_H_
