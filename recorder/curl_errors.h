// The sentences of a failed call: what happened to which URL, and what to do about it.
#ifndef REPRISE_RECORDER_CURL_ERRORS_H_
#define REPRISE_RECORDER_CURL_ERRORS_H_

#include <curl/curl.h>

#include <string>
#include <string_view>

#include "reprise/exchange.h"
#include "reprise/result.h"

namespace reprise::recorder {

// scheme://host:port/path of a URL: without the query and the user, where credentials may stand.
std::string SpeakableUrl(std::string_view url);

struct CurlFailure {
  CURLcode code = CURLE_OK;
  long system_error = 0;     // errno, or 0
  long verify_result = 0;    // of X509_verify_cert, or 0
  bool certificate = false;  // did the certificate of the server decide?
  std::string detail;        // libcurl's own words
};

// Of a call that failed before its head: kind kUpstream, object the URL.
Status StatusOf(const CurlFailure& failure, const std::string& url);
// Of one that broke after it: "reset", "closed" or "timeout".
std::string HowItBroke(const CurlFailure& failure);

}  // namespace reprise::recorder

#endif  // REPRISE_RECORDER_CURL_ERRORS_H_
