//! MongoDB's wire protocol in front of DocumentDB, as far as the driver behind `--mongodb-uri` speaks it.
//!
//! No MongoDB server can be had where the tests run. With this the driver itself, its handshake, its cursors and its
//! errors are real, and so is the engine that carries out the commands; only what carries the messages is this file.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};

use bson::{Bson, Document, doc};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_postgres::{Client, NoTls};

const OP_REPLY: i32 = 1;
const OP_QUERY: i32 = 2004;
const OP_MSG: i32 = 2013;

/// Fields that belong to the protocol and not to the command.
const PROTOCOL: [&str; 7] =
    ["$db", "lsid", "$clusterTime", "$readPreference", "writeConcern", "txnNumber", "apiVersion"];

/// Open cursors: the connection that holds each, and where it stands.
type Cursors = Arc<Mutex<HashMap<i64, (Client, Vec<u8>)>>>;

/// The address of the server, which runs until the process ends.
pub fn serve(postgres: &'static str) -> String {
    static ADDRESS: OnceLock<String> = OnceLock::new();
    ADDRESS
        .get_or_init(|| {
            let (sender, receiver) = std::sync::mpsc::channel();
            std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                runtime.block_on(async {
                    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                    sender.send(listener.local_addr().unwrap()).unwrap();
                    let cursors = Cursors::default();
                    loop {
                        let (socket, _) = listener.accept().await.unwrap();
                        tokio::spawn(connection(socket, postgres, Arc::clone(&cursors)));
                    }
                });
            });
            format!("mongodb://{}/?directConnection=true", receiver.recv().unwrap())
        })
        .clone()
}

async fn connection(mut socket: TcpStream, postgres: &str, cursors: Cursors) {
    let mut request_id = 0;
    // It ends when the driver closes the connection.
    while let Ok(length) = socket.read_i32_le().await {
        let mut message = vec![0; usize::try_from(length).unwrap() - 4];
        if socket.read_exact(&mut message).await.is_err() {
            return;
        }
        let number = |at: usize| i32::from_le_bytes(message[at..at + 4].try_into().unwrap());
        let (answering, operation) = (number(0), number(8));
        let command = match operation {
            // Flags, then a section of kind 0, which is one document. The driver sends no other for these commands.
            OP_MSG => Document::from_reader(&message[17..]).unwrap(),
            // Flags, the collection's name, two numbers, the document. Only the first greeting comes this way.
            OP_QUERY => {
                let name = message[16..].iter().position(|byte| *byte == 0).unwrap();
                Document::from_reader(&message[16 + name + 9..]).unwrap()
            }
            other => panic!("the driver sent a message of kind {other}"),
        };
        let reply = run(command, postgres, &cursors).await.to_vec().unwrap();
        let (kind, prefix) = match operation {
            OP_MSG => (OP_MSG, vec![0; 5]),
            // Flags, no cursor, from the first on, one document.
            _ => (OP_REPLY, [vec![0; 16], 1_i32.to_le_bytes().to_vec()].concat()),
        };
        request_id += 1;
        let length = i32::try_from(16 + prefix.len() + reply.len()).unwrap();
        let header = [length, request_id, answering, kind].map(i32::to_le_bytes).concat();
        if socket.write_all(&[header, prefix, reply].concat()).await.is_err() {
            return;
        }
    }
}

async fn run(mut command: Document, postgres: &str, cursors: &Cursors) -> Document {
    let database = command.get_str("$db").unwrap_or("admin").to_owned();
    for field in PROTOCOL {
        command.remove(field);
    }
    let name = command.keys().next().unwrap().clone();
    let (call, page) = match name.as_str() {
        "find" => ("find_cursor_first_page($1, documentdb_core.bson_from_bytea($2))", true),
        "aggregate" => ("aggregate_cursor_first_page($1, documentdb_core.bson_from_bytea($2))", true),
        "insert" | "update" | "delete" => {
            let time = command.remove("maxTimeMS");
            assert!(time.is_some(), "a write without a time limit");
            (name.as_str(), false)
        }
        "getMore" => return get_more(&database, &command, cursors).await,
        "killCursors" => {
            for id in command.get_array("cursors").unwrap() {
                cursors.lock().unwrap().remove(&id.as_i64().unwrap());
            }
            return doc! { "ok": 1 };
        }
        "hello" | "isMaster" | "ismaster" => {
            return doc! {
                "ismaster": true, "isWritablePrimary": true, "helloOk": true, "maxBsonObjectSize": 16_777_216,
                "maxMessageSizeBytes": 48_000_000, "maxWriteBatchSize": 100_000, "minWireVersion": 0,
                "maxWireVersion": 21, "readOnly": false, "ok": 1,
            };
        }
        "ping" | "endSessions" => return doc! { "ok": 1 },
        other => {
            return doc! { "ok": 0, "code": 59, "codeName": "CommandNotFound", "errmsg": format!("no {other}") };
        }
    };
    let client = connect(postgres).await;
    let bytes = command.to_vec().unwrap();
    if !page {
        let sql = format!(
            "SELECT documentdb_core.bson_to_bytea(p_result), NULL::bytea \
             FROM documentdb_api.{call}($1, documentdb_core.bson_from_bytea($2))"
        );
        return answer(client.query_one(&sql, &[&database, &bytes]).await).0;
    }
    let sql = format!(
        "SELECT documentdb_core.bson_to_bytea(cursorpage), documentdb_core.bson_to_bytea(continuation) \
         FROM documentdb_api.{call}"
    );
    let (reply, continuation) = answer(client.query_one(&sql, &[&database, &bytes]).await);
    keep(client, &reply, continuation, cursors);
    reply
}

async fn get_more(database: &str, command: &Document, cursors: &Cursors) -> Document {
    let held = cursors.lock().unwrap().remove(&command.get_i64("getMore").unwrap());
    let Some((client, continuation)) = held else {
        return doc! { "ok": 0, "code": 43, "codeName": "CursorNotFound", "errmsg": "no such cursor" };
    };
    let sql = "SELECT documentdb_core.bson_to_bytea(cursorpage), documentdb_core.bson_to_bytea(continuation) \
               FROM documentdb_api.cursor_get_more($1, documentdb_core.bson_from_bytea($2), \
               documentdb_core.bson_from_bytea($3))";
    let bytes = command.to_vec().unwrap();
    let (reply, continuation) = answer(client.query_one(sql, &[&database, &bytes, &continuation]).await);
    keep(client, &reply, continuation, cursors);
    reply
}

/// A connection of its own for each command: a cursor lives in the one that opened it.
async fn connect(postgres: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(postgres, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

fn keep(client: Client, reply: &Document, continuation: Option<Vec<u8>>, cursors: &Cursors) {
    let id = reply.get_document("cursor").and_then(|cursor| cursor.get_i64("id")).unwrap_or(0);
    if let (Some(continuation), true) = (continuation, id != 0) {
        cursors.lock().unwrap().insert(id, (client, continuation));
    }
}

/// A reply as MongoDB words it, and where its cursor stands.
fn answer(result: Result<tokio_postgres::Row, tokio_postgres::Error>) -> (Document, Option<Vec<u8>>) {
    match result {
        Ok(row) => {
            let mut reply = Document::from_reader(row.get::<_, &[u8]>(0)).unwrap();
            if let Ok(errors) = reply.get_array_mut("writeErrors") {
                for error in errors.iter_mut().filter_map(Bson::as_document_mut) {
                    let packed = error.get_i32("code").unwrap();
                    let message = error.get_str("errmsg").unwrap().to_owned();
                    // M001C, packed six bits a character.
                    error.extend(worded(if packed == 319_029_277 { "M001C" } else { "" }, &message));
                }
            }
            (reply, row.get(1))
        }
        Err(error) => {
            let error = error.as_db_error().expect("DocumentDB answers");
            let mut reply = worded(error.code().code(), error.message());
            reply.insert("ok", 0);
            (reply, None)
        }
    }
}

fn worded(code: &str, message: &str) -> Document {
    match code {
        "M001C" => {
            let index = message.rsplit('\'').nth(1).unwrap();
            let message = format!(
                "E11000 duplicate key error collection: db.c index: {index} dup key: {{ value: \"ada@example.org\" }}"
            );
            doc! { "code": 11_000, "codeName": "DuplicateKey", "errmsg": message }
        }
        "57014" => {
            doc! { "code": 50, "codeName": "MaxTimeMSExpired", "errmsg": "operation exceeded time limit" }
        }
        "M0015" => doc! { "code": 241, "codeName": "ConversionFailure", "errmsg": message },
        _ => doc! { "code": 2, "codeName": "BadValue", "errmsg": message },
    }
}
