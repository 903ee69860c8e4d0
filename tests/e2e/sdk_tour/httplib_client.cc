// The tour's cpp-httplib client: one process, connections kept, replies read as they stream.
//
// Standard input: for each request a line "URL BYTES" and so many bytes of body. Standard output: for each reply a line
// "STATUS HEAD-BYTES BODY-BYTES", the head's lines, and the body; STATUS 0: no reply.
#include <httplib.h>

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>
#include <string>

int main() {
  const char* key = std::getenv("OPENAI_API_KEY");
  std::map<std::string, std::unique_ptr<httplib::Client>> clients;  // by origin
  std::string url;
  for (std::size_t size = 0; std::cin >> url >> size;) {
    std::cin.get();
    httplib::Request request;
    request.body.resize(size);
    std::cin.read(&request.body[0], static_cast<std::streamsize>(size));
    const std::size_t slash = url.find('/', url.find("://") + 3);
    std::unique_ptr<httplib::Client>& client = clients[url.substr(0, slash)];
    if (client == nullptr) {
      client = std::make_unique<httplib::Client>(url.substr(0, slash));
      client->set_keep_alive(true);
    }
    request.method = "POST";
    request.path = url.substr(slash);
    request.headers = {{"Content-Type", "application/json"},
                       {"X-Tour", "cpp-httplib"},
                       {"Authorization", std::string("Bearer ") + (key == nullptr ? "dummy" : key)}};
    std::string body;
    request.content_receiver = [&body](const char* data, std::size_t bytes, std::uint64_t, std::uint64_t) {
      body.append(data, bytes);
      return true;
    };
    const httplib::Result result = client->send(request);
    std::string head;
    if (result) {
      for (const auto& [name, value] : result->headers) head += name + ": " + value + "\n";
    }
    std::cout << (result ? result->status : 0) << ' ' << head.size() << ' ' << body.size() << '\n' << head << body;
  }
  std::cout.flush();
  return 0;
}
