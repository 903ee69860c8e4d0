// Completeness: is a reply all that it could have been? What broke, what was cut, what is an error is recorded as what
// it is; this says so to a human, who may have taken it for an answer.
#ifndef REPRISE_FORMAT_COMPLETENESS_H_
#define REPRISE_FORMAT_COMPLETENESS_H_

#include <string>
#include <vector>

#include "reprise/exchange.h"

namespace reprise::format {

// One clause each, that begins with a verb: "ended at its token limit (finish reason \"length\")". `reply` as its
// adapter understood it. Texts of the provider are quoted as they are: make them harmless.
//   - the connection broke, or the body is shorter than its Content-Length said;
//   - the status is an error, or an error stands inside a reply of status 200;
//   - a stream of a format we know lacks its end. In OpenAI's that is "[DONE]", or, since many servers never send it, a
//     finish reason for each choice, and the usage where it was asked for. An error is an end too;
//   - the model was stopped: by a token limit, by a filter.
std::vector<std::string> WhatIsMissing(const Request& request, const Reply& reply);

}  // namespace reprise::format

#endif  // REPRISE_FORMAT_COMPLETENESS_H_
