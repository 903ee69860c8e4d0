// What an endpoint is called when a recording names only its host.
#ifndef REPRISE_RECORDER_IMPORTERS_ENDPOINT_NAME_H_
#define REPRISE_RECORDER_IMPORTERS_ENDPOINT_NAME_H_

#include <string>
#include <string_view>

namespace reprise::recorder {

// "openai" for api.openai.com, "azure-openai" for anything.openai.azure.com, ...; a host that is no provider we know is
// its own name, in lower case and with its port unless it is the scheme's own: "localhost:8000". The name is part of
// the key, so a name in this table is never changed.
std::string EndpointNameOf(std::string_view url);

// Host and port of a URL in lower case, without the port that its scheme implies.
std::string HostOf(std::string_view url);

}  // namespace reprise::recorder

#endif  // REPRISE_RECORDER_IMPORTERS_ENDPOINT_NAME_H_
