// Takes one file so often at once over HTTP and lets the kernel throw it away.
//   sink COUNT HOST PORT PATH   prints the seconds until the last had all of it, and the bytes
#include <arpa/inet.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

struct Client {
  int descriptor;
  long left = -1;
  std::string head;
};

static int fail(const char* why) {
  std::fprintf(stderr, "%s\n", why);
  return 1;
}

int main(int, char** argv) {
  const int count = std::atoi(argv[1]);
  const std::string call = std::string("GET ") + argv[4] + " HTTP/1.1\r\nHost: " + argv[2] + ":" + argv[3] + "\r\nConnection: close\r\n\r\n";
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(std::atoi(argv[3]));
  inet_pton(AF_INET, argv[2], &address.sin_addr);

  const auto start = std::chrono::steady_clock::now();
  const int poll = epoll_create1(0);
  std::vector<Client> clients(count);
  for (int n = 0; n < count; n++) {
    Client& client = clients[n];
    client.descriptor = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(client.descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return fail("cannot connect");
    if (send(client.descriptor, call.data(), call.size(), 0) < 0) return fail("cannot send");
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u32 = n;
    epoll_ctl(poll, EPOLL_CTL_ADD, client.descriptor, &event);
  }
  std::vector<epoll_event> events(64);
  long bytes = 0;
  char buffer[4096];
  for (int open = count; open > 0;) {
    const int ready = epoll_wait(poll, events.data(), int(events.size()), 30000);
    if (ready <= 0) return fail("nothing came for 30 s");
    for (int i = 0; i < ready; i++) {
      Client& client = clients[events[i].data.u32];
      // With MSG_TRUNC TCP drops the bytes instead of copying them.
      const ssize_t got = client.left < 0 ? recv(client.descriptor, buffer, sizeof buffer, 0)
                                          : recv(client.descriptor, nullptr, 1 << 20, MSG_TRUNC);
      if (got <= 0) return fail("the answer ended early");
      if (client.left < 0) {
        client.head.append(buffer, got);
        const auto end = client.head.find("\r\n\r\n");
        if (end == std::string::npos) continue;
        if (client.head.compare(9, 3, "200") != 0) return fail(client.head.c_str());
        const auto length = client.head.find("Content-Length: ");
        client.left = std::atol(client.head.c_str() + length + 16) - long(client.head.size() - end - 4);
      } else {
        client.left -= got;
        bytes += got;
      }
      if (client.left == 0) {
        close(client.descriptor);
        open--;
      }
    }
  }
  std::printf("%.6f %ld\n", std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(), bytes);
}
