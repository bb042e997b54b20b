//! HAProxy and nginx in front of the program, for tests of what they say about clients (Debian's packages `haproxy` and `nginx`).

use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::{free_port, wait_for};

/// A running reverse proxy, killed on drop. Its master process has no children, so nothing is left.
pub struct ReverseProxy {
    child: Child,
    _folder: TempDir,
    /// Where it listens, on every address of this machine.
    pub address: SocketAddr,
}

impl ReverseProxy {
    /// HAProxy. `mode` is `http` or `tcp`; `frontend` and `server` are further lines of the front end and options of the server.
    #[track_caller]
    pub fn haproxy(mode: &str, frontend: &str, server: &str, backend: SocketAddr) -> ReverseProxy {
        let config = |port: u16| {
            format!(
                "defaults\n  mode {mode}\n  timeout connect 2s\n  timeout client 20s\n  timeout server 20s\n\
                 frontend front\n  bind 0.0.0.0:{port}\n  {frontend}\n  default_backend back\n\
                 backend back\n  server one {backend} {server}\n"
            )
        };
        start(config, |file| {
            let mut command = Command::new("/usr/sbin/haproxy");
            command.arg("-f").arg(file).arg("-db");
            command
        })
    }

    /// nginx. `location` are the lines that say what it passes on.
    #[track_caller]
    pub fn nginx(location: &str, backend: SocketAddr) -> ReverseProxy {
        let config = |port: u16| {
            format!(
                "daemon off;\nmaster_process off;\npid /dev/null;\nerror_log stderr;\nevents {{ worker_connections 256; }}\n\
                 http {{ access_log off; client_body_temp_path FOLDER/body; proxy_temp_path FOLDER/proxy; fastcgi_temp_path FOLDER/f;\n\
                 uwsgi_temp_path FOLDER/u; scgi_temp_path FOLDER/s;\n\
                 upstream back {{ server {backend}; keepalive 1; }}\n\
                 server {{ listen 0.0.0.0:{port}; location / {{ proxy_pass http://back; proxy_http_version 1.1;\n\
                 proxy_set_header Connection \"\"; proxy_set_header Host {backend};\n{location}\n}} }} }}\n"
            )
        };
        start(config, |file| {
            let mut command = Command::new("/usr/sbin/nginx");
            command.arg("-c").arg(file).arg("-e").arg("stderr");
            command
        })
    }
}

/// Another process may take the free port before the proxy does, so several are tried.
#[track_caller]
fn start(config: impl Fn(u16) -> String, command: impl Fn(&std::path::Path) -> Command) -> ReverseProxy {
    let folder = TempDir::with_prefix("qsproxy-front-").unwrap();
    for _ in 0..5 {
        let port = free_port();
        let file = folder.path().join("front.conf");
        std::fs::write(&file, config(port).replace("FOLDER", folder.path().to_str().unwrap())).unwrap();
        let mut child = command(&file).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("haproxy and nginx");
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let listens = wait_for("the reverse proxy to listen", || {
            let exited = child.try_wait().unwrap().is_some();
            let connected = std::net::TcpStream::connect(address).is_ok();
            (exited || connected).then_some(!exited)
        });
        if listens {
            return ReverseProxy { child, _folder: folder, address };
        }
    }
    panic!("the reverse proxy does not start");
}

impl Drop for ReverseProxy {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
